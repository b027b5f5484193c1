"""联动: joint visits, exchange, emergencies, meetings, agreements, assistance, services, check-ups, outreach.

All kinds are alike in how they are listed, typed, judged, stored, imported and exported (`kinds`, `records`, `files`);
what is special to one stands in a module of its own (`exchange`, `standing`, `paths`).
"""
