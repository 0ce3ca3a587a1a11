"""The API for partners' own programs: how money leaves."""
