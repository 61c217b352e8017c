//! Where the figures of a load run come from: [`Origin`], [`Machine`].

use serde::{Deserialize, Serialize};

/// What must be known of a run before it can be compared with another one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The profile's name.
    pub profile: String,
    /// A digest of what the profile asks for, the command line laid over it. Names, descriptions and thresholds are not in
    /// it: they change no figure.
    pub profile_hash: String,
    /// In a comparison `old` or `new`; else empty.
    #[serde(default)]
    pub side: String,
    /// How long the calibration loop took just before the run, microseconds; `None` when it was not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_us: Option<f64>,
    /// Where it was made.
    pub machine: Machine,
}

/// The fingerprint of an environment. Empty or 0: this system does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Model of the CPU.
    pub cpu: String,
    /// Cores that the process may use.
    pub cores: u32,
    /// Memory, MiB.
    pub memory_mib: u64,
    /// Operating system with its version.
    pub os: String,
    /// Version of the kernel.
    pub kernel: String,
    /// Version of dryrun, and how it was built: `0.1.0 (optimised)`.
    pub dryrun: String,
}
