//! Writes the inputs that fuzzing begins with to `corpus/TARGET`: what the project writes itself, and
//! the listings and broken files of its tests.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use heatlens_formats::{archive, onnx};
use heatlens_fuzz::network::{network, noise};
use heatlens_fuzz::{checkpoint, zip};
use heatlens_imaging::{PRESETS, Picture, Preprocess, encode_jpeg, encode_png, write_npy};
use heatlens_record::{CauseRow, ImageRow, InputRecord, LayerRecord, MapRow, RemainderRow, Row, RunRecord, SCHEMA};
use libfuzzer_sys::arbitrary::Unstructured;

/// The longest file of the tests that is a seed: from longer ones a fuzzer learns slowly.
const LONGEST: u64 = 64 * 1024;

fn main() -> io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = Seeds { corpus: fuzz.join("corpus"), tests: fuzz.join("../tests"), crates: fuzz.join("../crates") };
    seeds.checkpoints()?;
    seeds.models()?;
    seeds.keras()?;
    seeds.programs()?;
    seeds.pictures()?;
    seeds.descriptions()?;
    seeds.tables()?;
    seeds.runs()
}

struct Seeds {
    corpus: PathBuf,
    tests: PathBuf,
    crates: PathBuf,
}

impl Seeds {
    fn add(&self, target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    }

    /// The short files below a folder whose names end so.
    fn copy(&self, folder: &Path, ends: &[&str], targets: &[&str]) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                self.copy(&entry.path(), ends, targets)?;
                continue;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            if ends.iter().any(|end| name.ends_with(end)) && entry.metadata()?.len() <= LONGEST {
                let bytes = fs::read(entry.path())?;
                targets.iter().try_for_each(|target| self.add(target, &name, &bytes))?;
            }
        }
        Ok(())
    }

    /// One small network of each family, and what the tests say of checkpoints.
    fn checkpoints(&self) -> io::Result<()> {
        let listings = self.tests.join("golden/arch/torchvision");
        for network in [
            "alexnet",
            "densenet121",
            "efficientnet_b0",
            "googlenet",
            "inception_v3",
            "mnasnet0_5",
            "mobilenet_v2",
            "mobilenet_v3_small",
            "regnet_x_400mf",
            "regnet_y_400mf",
            "resnet18",
            "resnext50_32x4d",
            "shufflenet_v2_x0_5",
            "squeezenet1_1",
            "vgg11_bn",
            "convnext_tiny",
        ] {
            let text = fs::read_to_string(listings.join(format!("{network}.txt")))?;
            let modules = text.lines().filter(|line| line.contains(" weight=") || line.contains(" norm="));
            let listing = modules.collect::<Vec<_>>().join("\n");
            self.add("checkpoint", network, listing.as_bytes())?;
            self.add("checkpoint", &format!("{network}-asked"), format!("as {network}\n{listing}").as_bytes())?;
            self.add("pickle", network, &checkpoint::pickle_of_listing(&listing))?;
        }
        let small = "conv weight=4x3x3x3 bias=4\nbn norm=4\nfc weight=2x4 bias=2";
        self.add("pickle", "small", &checkpoint::pickle_of_listing(small))?;
        self.add("zip", "small", &checkpoint::of_listing(small))?;
        self.add("zip", "empty", &zip::stored(&[]))?;
        for folder in [self.tests.join("golden/torch_files"), self.crates.join("formats/tests/bad/torch")] {
            self.copy(&folder, &[".pt", ".pth", ".ckpt", ".pt2", ".zip"], &["zip"])?;
            self.copy(&folder, &[".pkl"], &["pickle"])?;
            self.copy(&folder, &[".safetensors"], &["safetensors"])?;
            self.unpack(&folder, "data.pkl", "pickle")?;
        }
        Ok(())
    }

    /// The entries whose names end so of all archives in a folder.
    fn unpack(&self, folder: &Path, end: &str, target: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if !path.is_file() {
                continue;
            }
            let file = fs::read(&path)?;
            for entry in archive::entries(&file).into_iter().flatten().filter(|entry| entry.name.ends_with(end)) {
                if let Some(bytes) = entry.stored().filter(|bytes| bytes.len() as u64 <= LONGEST) {
                    let name = format!("{}-{}", path.file_name().unwrap_or_default().display(), entry.name);
                    self.add(target, &name.replace('/', "-"), bytes)?;
                }
            }
        }
        Ok(())
    }

    fn models(&self) -> io::Result<()> {
        for i in 0..64u32 {
            let mut state = i * 7919 + 1;
            let bytes: Vec<u8> = noise(&mut state, 160).iter().map(|x| (x * 128.0) as i8 as u8).collect();
            self.add("networks", &i.to_string(), &bytes)?;
            let Ok(graph) = network(&mut Unstructured::new(&bytes)) else { continue };
            if let Ok(file) = onnx::write(&graph, &Default::default())
                && file.len() as u64 <= LONGEST
            {
                self.add("onnx", &i.to_string(), &file)?;
            }
        }
        self.copy(&self.tests.join("golden/onnx"), &[".onnx"], &["onnx"])?;
        self.copy(&self.crates.join("formats/tests/bad/onnx"), &[".onnx"], &["onnx"])?;
        self.unpack(&self.tests.join("golden/onnx"), ".onnx", "onnx")?;
        let tensor = |dtype: &str, at: usize, len: usize| {
            format!(r#"{{"dtype":"{dtype}","shape":[2,2],"data_offsets":[{at},{}]}}"#, at + len)
        };
        let header = format!(
            r#"{{"__metadata__":{{"format":"pt"}},"conv.weight":{},"fc.weight":{},"fc.bias":{}}}"#,
            tensor("F32", 0, 16),
            tensor("F16", 16, 8),
            tensor("BF16", 24, 8)
        );
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 32]].concat();
        self.add("safetensors", "small", &bytes)
    }

    /// Keras's own files of all layers, and the descriptions in them.
    fn keras(&self) -> io::Result<()> {
        for goldens in ["layers2", "layers3"] {
            let bytes = fs::read(self.tests.join(format!("golden/keras/{goldens}.zip")))?;
            for entry in archive::entries(&bytes).into_iter().flatten().filter(|entry| !entry.name.ends_with(".json")) {
                let Ok(model) = entry.read() else { continue };
                let name = format!("{goldens}-{}", entry.name.replace('/', "-"));
                if model.len() as u64 <= LONGEST {
                    self.add("keras", &name, &model)?;
                }
                let inner = archive::entries(&model).into_iter().flatten();
                for description in inner.filter(|inner| inner.name == "config.json") {
                    if let Ok(description) = description.read() {
                        self.add("keras", &format!("{name}.json"), &description)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Programs of PyTorch, the short ones whole; the description or the code in each.
    fn programs(&self) -> io::Result<()> {
        let bytes = fs::read(self.tests.join("golden/programs/programs.zip"))?;
        for entry in archive::entries(&bytes).into_iter().flatten().filter(|entry| !entry.name.ends_with(".json")) {
            let Ok(program) = entry.read() else { continue };
            let name = entry.name.replace('/', "-");
            let target = if name.ends_with(".pt2") { "exported" } else { "script" };
            if program.len() as u64 <= LONGEST {
                self.add(target, &name, &program)?;
            }
            for inner in archive::entries(&program).into_iter().flatten() {
                if inner.name.ends_with("models/model.json") || inner.name.contains("code/__torch__") {
                    let Ok(part) = inner.read() else { continue };
                    self.add(target, &format!("{name}-{}", inner.name.replace('/', "-")), &part)?;
                }
            }
        }
        Ok(())
    }

    fn pictures(&self) -> io::Result<()> {
        let mut picture = Picture::filled(23, 17, [0; 3]);
        picture.rgb.iter_mut().enumerate().for_each(|(i, level)| *level = (i * i % 251) as u8);
        self.add("images", "png", &encode_png(&picture).expect("a picture"))?;
        self.add("images", "jpeg", &encode_jpeg(&picture, 90).expect("a picture"))?;
        let ends = [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif"];
        self.copy(&self.tests.join("golden"), &ends, &["images"])?;
        self.add("npy", "matrix", &write_npy(&[3, 4], &noise(&mut 1, 12)))?;
        self.add("npy", "number", &write_npy(&[], &[1.0]))?;
        self.copy(&self.tests.join("golden"), &[".npy"], &["npy"])
    }

    fn descriptions(&self) -> io::Result<()> {
        for preset in PRESETS {
            let preprocess = Preprocess::from_spec(preset.0, |_| Err(io::ErrorKind::NotFound.into()));
            let preprocess = preprocess.expect("a preset is understood");
            self.add("presets", &format!("{}-toml", preset.0), &[b"\0", preprocess.to_toml().as_bytes()].concat())?;
            self.add("presets", &format!("{}-json", preset.0), &[b"\x01", preprocess.to_json().as_bytes()].concat())?;
        }
        Ok(())
    }

    fn tables(&self) -> io::Result<()> {
        let table = "image,label,split,patient,eye,mask,camera\na.png,healthy,train,1,OD,m/a.png,Topcon\n\
            b.png,glaucoma,test,2,OS,,\"a, b\"\n";
        self.add("manifests", "commas", table.as_bytes())?;
        self.add("manifests", "semicolons", table.replace(',', ";").as_bytes())?;
        self.add("manifests", "tabs", table.replace(',', "\t").as_bytes())?;
        self.add("manifests", "mark", format!("\u{feff}image,glaucoma\na.png,0\nb.png,1\n").as_bytes())?;
        self.add("manifests", "one-hot", b"image,N,D,G\na.png,1,0,0\nb.png,0,0,1\n")?;
        let labelme = r#"{"shapes":[{"label":"disc","points":[[10,10],[50,12],[40.5,40]]},
            {"label":"cup","points":[[20,18],[30,18],[28,26],[21,25]]}],"imageWidth":64,"imageHeight":48}"#;
        self.add("labelme", "both", labelme.as_bytes())?;
        self.add("labelme", "corners", b"10 10\n50.5 12\n40 40\n")
    }

    fn runs(&self) -> io::Result<()> {
        let (image, map) = (ImageRow::default(), MapRow::default());
        self.add("parquet", "images", &ImageRow::to_parquet(&vec![image; 3], &[]).expect("a table"))?;
        self.add("parquet", "maps", &MapRow::to_parquet(&vec![map; 3], &[]).expect("a table"))?;
        self.add("parquet", "causes", &CauseRow::to_parquet(&[CauseRow::default()], &[]).expect("a table"))?;
        self.add(
            "parquet",
            "remainders",
            &RemainderRow::to_parquet(&[RemainderRow::default()], &[]).expect("a table"),
        )?;
        let mut record = RunRecord {
            schema: SCHEMA.into(),
            date: Some("2025-01-01".into()),
            classes: vec!["normal".into(), "glaucoma".into()],
            positive: Some("glaucoma".into()),
            layers: vec![LayerRecord { name: "layer4.1".into(), channels: 512, cells: [7, 6] }],
            methods: vec!["gradcam".into()],
            score: "logit".into(),
            ..Default::default()
        };
        record.model.input = InputRecord { layout: "nchw".into(), channels: 3, height: 224, width: 192 };
        record.data.cases = 1;
        record.data.images = vec!["a.jpg".into()];
        self.add("run_json", "sealed", &record.to_json())?;
        // A changed byte of a sealed one is refused before it is understood.
        let unsealed = RunRecord { schema: "heatlens.run 2".into(), ..record };
        self.add("run_json", "unsealed", &serde_json::to_vec(&unsealed).expect("a record is plain data"))?;
        let old = r#"{"schema":1,"heatlens":"0.1.0","model":{"file":"a","sha256":"a","format":"ONNX","input":[1,3,8,8]},
            "classes":["a","b"],"layers":[],"methods":[],"targets":[],"score":"logit","seed":0,"notes":[],
            "preprocessing":{"steps":{},"words":"","sha256":""},"manifest":{"sha256":"","images":2}}"#;
        self.add("run_json", "old", old.as_bytes())
    }
}
