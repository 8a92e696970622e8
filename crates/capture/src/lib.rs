//! Sockets, ports, sweep and admission: the only code that runs while people talk.
