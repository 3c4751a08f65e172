"""A request and its response: the middleware, the commit, the headers, and the rules of HTTP."""
