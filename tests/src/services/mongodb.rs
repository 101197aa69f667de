//! A store that speaks the protocol of MongoDB.
