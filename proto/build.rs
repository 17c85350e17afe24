//! Compiles the protobuf files without `protoc`: messages, services, canonical JSON and the descriptor set.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::PathBuf};

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
    "junheng/reporting/v1/audit_service.proto",
    "junheng/reporting/v1/overview_service.proto",
    "junheng/reporting/v1/report_service.proto",
];

/// Messages of which nothing is overlooked, each with what is in it.
const STRICT: [&str; 2] = [".junheng.ingest.v1.SubmitMonthRequest", STREAMED];
/// The one of them that is written by hand, as it tells what was overlooked instead of ending its stream.
const STREAMED: &str = ".junheng.ingest.v1.SubmitMonthsRequest";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=junheng");
    let descriptors = protox::compile(FILES, ["."])?;
    let bytes = descriptors.encode_to_vec();
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin"), &bytes)?;
    let messages: BTreeMap<_, _> = (descriptors.file.iter())
        .flat_map(|file| file.message_type.iter().map(move |one| (format!(".{}.{}", file.package(), one.name()), one)))
        .collect();
    let mut names: Vec<&str> = STRICT.to_vec();
    let mut table = String::new();
    while let Some(message) = names.get(table.lines().count()).and_then(|name| messages.get(*name)) {
        let mut fields = vec!["None".to_owned()];
        for field in &message.field {
            let nested = messages.contains_key(field.type_name()).then(|| {
                let name = field.type_name();
                names.iter().position(|known| *known == name).unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                })
            });
            let tag = usize::try_from(field.number())?;
            fields.resize(fields.len().max(tag + 1), "None".to_owned());
            let (name, repeated, count) = (field.name(), field.label() as i32 == 3, field.r#type() as i32 == 13);
            let known = "Some(Field { name: NAME, nested: NESTED, repeated: REPEATED, count: COUNT })";
            fields[tag] = known
                .replace("NAME", &format!("{name:?}"))
                .replace("NESTED", &format!("{nested:?}"))
                .replace("REPEATED", &repeated.to_string())
                .replace("COUNT", &count.to_string());
        }
        writeln!(table, "&[{}],", fields.join(", "))?;
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("fields.rs"), format!("&[\n{table}]"))?;
    tonic_prost_build::configure()
        .codec_path("crate::strict::Codec")
        .compile_well_known_types(true)
        .extern_path(".google.protobuf.Timestamp", "crate::Timestamp")
        .extern_path(".google.protobuf", "::pbjson_types")
        .extern_path(STREAMED, "crate::streamed::SubmitMonthsRequest")
        .type_attribute(
            ".junheng.evaluation.v1.RegisterStandardResponse.outcome",
            "#[expect(clippy::large_enum_variant, reason = \"one is answered at a time\")]",
        )
        .type_attribute(
            ".junheng.reporting.v1.GetReportResponse.part",
            "#[expect(clippy::large_enum_variant, reason = \"one is sent at a time\")]",
        )
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new().register_descriptors(&bytes)?.exclude([STREAMED]).build(&[".junheng"])?;
    Ok(())
}
