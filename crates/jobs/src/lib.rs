//! After the call: settle journals into recordings.
