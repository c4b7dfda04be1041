"""The pages: each person's inbox in a browser, and the table at which all of them sit."""
