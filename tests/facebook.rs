//! Facebook, against a stand-in for its Graph API.
