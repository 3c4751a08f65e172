"""Stories of users, from the request that flashes to the page that shows, over each transport."""
