-- How somebody wants the web page to be: JSON that only the page understands.
CREATE TABLE preferences (
    user_id  INTEGER PRIMARY KEY REFERENCES users (id),
    json     TEXT NOT NULL
) STRICT;
