"""From township to district: keys without a network, the sealed weekly package, the merge, the district's report."""
