//! What tests of the whole house share: starting the engine, driving real clients, listening.
