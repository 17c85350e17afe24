//! `junheng key`: makes signing keys.

use std::path::PathBuf;

use clap::Subcommand;
use junheng_audit::key_file;

use crate::{failure::Failure, output};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng key create signing-key.pem            生成私钥 signing-key.pem 和公钥 signing-key.pem.pub
  junheng key public signing-key.pem            取公钥

密钥为 Ed25519，文件为 PEM（PKCS #8），与 OpenSSL 通用。私钥只能由属主和属组读取，否则程序拒绝使用；配置项为 audit.signing_key。
更换密钥：生成新的私钥，改配置并重新启动；旧公钥留着，核对以前的签名时与新公钥一并给出（--public-key 可以多次给出，一个文件也可以有多个公钥）。";

/// Arguments of `junheng key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    #[command(about = "生成一对密钥；已有的文件不会被覆盖")]
    Create {
        #[arg(value_name = "FILE", help = "私钥写到哪个文件；公钥写到同名加 .pub 的文件")]
        file: PathBuf,
    },
    #[command(about = "由私钥文件取公钥")]
    Public {
        #[arg(value_name = "FILE", help = "私钥文件")]
        file: PathBuf,
    },
}

/// Makes a key, or shows the public one.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.what {
        What::Create { file } => {
            let signer = key_file::create(file)?;
            let public = key_file::public_path(file);
            output::print(&format!("私钥 {}\n公钥 {}\n编号 {}", file.display(), public.display(), signer.id()))
        }
        What::Public { file } => {
            let public = key_file::load(file)?.public();
            output::tell(&format!("编号 {}", public.id()));
            output::print_bytes(public.write().as_bytes())
        }
    }
}
