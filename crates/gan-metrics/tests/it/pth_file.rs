//! Writes the `.pth` file that PyTorch would write of a network, in the zip form.

use gan_metrics::inception::Layout;
use gan_metrics::weights::State;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Protocol 2, one storage a tensor. `change` may rename, drop (None) or reshape tensors.
pub fn bytes(
    state: &State,
    change: impl Fn(&str, &[usize]) -> Option<(String, Vec<usize>)>,
) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut pickle = b"\x80\x02ccollections\nOrderedDict\n)R(".to_vec();
    for (key, (name, shape)) in state.layout().tensors(state.head()).into_iter().enumerate() {
        let Some((new_name, new_shape)) = change(&name, &shape) else { continue };
        let values = state.tensor(&name, &shape).unwrap();
        let count: usize = new_shape.iter().product();
        text(&mut pickle, &new_name);
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut pickle, "storage");
        pickle.extend(b"ctorch\nFloatStorage\n");
        text(&mut pickle, &key.to_string());
        text(&mut pickle, "cpu");
        integer(&mut pickle, count);
        pickle.extend(b"tQK\0(");
        new_shape.iter().for_each(|d| integer(&mut pickle, *d));
        pickle.extend(b"t(");
        for axis in 0..new_shape.len() {
            integer(&mut pickle, new_shape[axis + 1..].iter().product());
        }
        pickle.extend(b"t\x89ccollections\nOrderedDict\n)RtR");
        zip.start_file(format!("archive/data/{key}"), options).unwrap();
        let padded = values.iter().copied().chain(std::iter::repeat(0.0)).take(count);
        zip.write_all(&padded.flat_map(f32::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    }
    pickle.extend(b"u.");
    zip.start_file("archive/data.pkl", options).unwrap();
    zip.write_all(&pickle).unwrap();
    zip.start_file("archive/byteorder", options).unwrap();
    zip.write_all(b"little").unwrap();
    zip.finish().unwrap().into_inner()
}

/// The file as it is published: pytorch-fid's names.
pub fn plain(layout: Layout) -> Vec<u8> {
    bytes(&crate::formula::network(layout), |name, shape| Some((name.to_owned(), shape.to_vec())))
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
}

fn integer(pickle: &mut Vec<u8>, value: usize) {
    pickle.push(b'J');
    pickle.extend((value as u32).to_le_bytes());
}
