//! Rows: what exists, who owns it, who may sign in.
