"""The API for partners' own programs: how money is earned."""
