#![doc = include_str!("../README.md")]

mod streamed;
mod strict;
mod timestamp;

pub use strict::{Codec, Decoder};
pub use timestamp::Timestamp;

/// Generates the modules of one package: messages, services and their canonical JSON.
macro_rules! package {
    ($name:literal) => {
        tonic::include_proto!($name);
        include!(concat!(env!("OUT_DIR"), "/", $name, ".serde.rs"));
    };
}

/// Words that all packages share: stages, verdicts, reasons of errors.
pub mod common {
    /// Version 1.
    pub mod v1 {
        package!("junheng.common.v1");
    }
}

/// What city systems send, and what they are answered.
pub mod ingest {
    /// Version 1.
    pub mod v1 {
        pub use crate::streamed::SubmitMonthsRequest;

        package!("junheng.ingest.v1");
    }
}

/// Standards, and the evaluation of counties under them.
pub mod evaluation {
    /// Version 1.
    pub mod v1 {
        package!("junheng.evaluation.v1");
    }
}

/// What people read.
pub mod reporting {
    /// Version 1.
    pub mod v1 {
        package!("junheng.reporting.v1");
    }
}

/// The encoded `google.protobuf.FileDescriptorSet` of all packages, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Who may call each RPC, and where its request names the region that it is about, as TOML: `policy.toml`.
pub const POLICY: &str = include_str!("../policy.toml");
