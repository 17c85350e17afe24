//! What every service needs to start, serve, be watched and stop.
