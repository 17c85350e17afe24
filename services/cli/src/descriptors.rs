//! `junheng descriptors`: the API as descriptors, for gateways and for clients without generated code.

use std::{collections::BTreeSet, path::PathBuf};

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::{failure::Failure, files, output};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng descriptors -o junheng.pb                         网关（如 Envoy）转换 JSON 用
  grpcurl -plaintext -protoset junheng.pb 127.0.0.1:50051 list";

/// Arguments of `junheng descriptors`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(short, long, value_name = "FILE", help = "写入哪个文件")]
    output: PathBuf,
}

/// Writes a `google.protobuf.FileDescriptorSet` of all packages, of what they import, and of the details that errors carry.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let set = with_error_details().map_err(damaged)?;
    files::write(&args.output, &set.encode_to_vec())?;
    output::tell(&format!("接口描述已写入 {}", args.output.display()));
    Ok(())
}

/// Each file once: a reader refuses a set that has one twice.
fn with_error_details() -> Result<FileDescriptorSet, prost::DecodeError> {
    let mut set = FileDescriptorSet::decode(junheng_proto::DESCRIPTORS)?;
    let known: BTreeSet<String> = set.file.iter().map(|file| file.name().to_owned()).collect();
    let details = FileDescriptorSet::decode(tonic_types::pb::FILE_DESCRIPTOR_SET)?;
    set.file.extend(details.file.into_iter().filter(|file| !known.contains(file.name())));
    Ok(set)
}

fn damaged(error: prost::DecodeError) -> Failure {
    Failure::Broken { what: "内置的接口描述已损坏".to_owned(), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_there_once_and_after_what_it_imports() {
        let set = with_error_details().unwrap();

        let mut seen = BTreeSet::new();
        for file in &set.file {
            assert!(file.dependency.iter().all(|needed| seen.contains(needed)), "{} comes too early", file.name());
            assert!(seen.insert(file.name().to_owned()), "{} twice", file.name());
        }
        let message = |package, name| {
            let files = set.file.iter().filter(|file| file.package() == package);
            files.flat_map(|file| &file.message_type).any(|message| message.name() == name)
        };
        assert!(message("junheng.ingest.v1", "SubmitMonthRequest"));
        assert!(message("google.rpc", "Status") && message("google.rpc", "ErrorInfo"), "details of errors");
    }
}
