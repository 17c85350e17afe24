//! Compiles the protobuf files without `protoc`: messages, services, canonical JSON and the descriptor set.

use std::{env, fs, path::PathBuf};

use prost::Message as _;

const FILES: &[&str] = &[
    "junheng/common/v1/error_reason.proto",
    "junheng/ingest/v1/check_service.proto",
    "junheng/ingest/v1/registry_service.proto",
    "junheng/ingest/v1/submission_service.proto",
    "junheng/ingest/v1/file_service.proto",
    "junheng/ingest/v1/inflow_service.proto",
    "junheng/evaluation/v1/standard_service.proto",
    "junheng/evaluation/v1/evaluation_service.proto",
    "junheng/evaluation/v1/waiver_service.proto",
    "junheng/reporting/v1/report_service.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=junheng");
    let descriptors = protox::compile(FILES, ["."])?;
    let bytes = descriptors.encode_to_vec();
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin"), &bytes)?;
    tonic_prost_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf.Timestamp", "crate::Timestamp")
        .extern_path(".google.protobuf", "::pbjson_types")
        .type_attribute(
            ".junheng.evaluation.v1.RegisterStandardResponse.outcome",
            "#[expect(clippy::large_enum_variant, reason = \"one is answered at a time\")]",
        )
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new().register_descriptors(&bytes)?.build(&[".junheng"])?;
    Ok(())
}
