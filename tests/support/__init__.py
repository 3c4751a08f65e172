"""Applications, servers, tabs and a model that several tests use."""
