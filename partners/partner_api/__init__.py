"""The API for partners' own programs: who may ask, how often, how lists are cut, what refusals look like."""
