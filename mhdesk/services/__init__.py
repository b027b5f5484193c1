"""One function per thing a user does. Window and command line call the same ones."""
