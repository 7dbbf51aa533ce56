"""Records real traffic of the running Linux kernel, in network namespaces of its own."""
