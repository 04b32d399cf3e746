"""The web side of accounts: who calls, sign-in, cookies, forms, pages and the API's operations."""
