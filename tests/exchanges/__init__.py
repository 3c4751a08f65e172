"""A request and its response: the middleware, the commit, and what browsers say of a request."""
