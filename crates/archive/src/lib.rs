//! Finished objects: put once, verified, read by range.
