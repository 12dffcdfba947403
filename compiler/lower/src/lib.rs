//! Documents to typed intent
