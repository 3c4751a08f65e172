"""What the tests share: applications, servers, browsers of the tests, and a model."""
