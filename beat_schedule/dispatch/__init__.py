"""From what is due to what lies in a queue: each due time decided once, by cursor."""
