//! The derive and attribute macros of `wasmill-sdk`.
