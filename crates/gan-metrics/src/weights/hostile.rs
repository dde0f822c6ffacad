//! Pickles made to do harm: each is refused, and says why.

use super::pickle::{MOST_VALUES, read};
use super::torch_tensors::{ALLOWED, state_dict};

/// What is wrong with a hostile pickle.
fn refused(body: &[u8]) -> String {
    let bytes = [b"\x80\x02", body].concat();
    read(&bytes, ALLOWED).and_then(|pickle| state_dict(&pickle)).map(|_| ()).unwrap_err()
}

#[test]
fn no_function_is_ever_called_and_the_refused_one_is_named() {
    // What `pickle.loads` would run: os.system("echo pwned"), and the same in other spellings.
    assert!(refused(b"cos\nsystem\nX\x0a\0\0\0echo pwned\x85R.").contains("`os.system`"));
    let stack_global = b"\x8c\x08builtins\x8c\x04eval\x93X\x01\0\0\x001\x85R.";
    assert!(refused(stack_global).contains("`builtins.eval`"));
    assert!(refused(b"(S'echo pwned'\nios\nsystem\n.").contains("STRING"));
    assert!(refused(b"(ios\nsystem\n.").contains("INST is refused"));
    assert!(refused(b"ccollections\nOrderedDict\n)\x81.").contains("NEWOBJ is refused"));
    assert!(refused(b"\x82\x01.").contains("EXT1 is refused"));
    assert!(refused(b"ccollections\nOrderedDict.__init__\n)R.").contains("__init__"));
    assert!(refused(b"ctorch\nload\n)R.").contains("`torch.load`"));
    // A name may not smuggle control characters into a terminal.
    assert!(!refused(b"c\x1b[2J\nx\n.").contains('\x1b'));
    // Calling a name that is allowed, with nonsense, makes no tensor.
    let call = b"}X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n)Rs.";
    assert!(refused(call).contains("makes no tensor"));
    assert!(refused(b"}X\x01\0\0\0actorch\nFloatStorage\n)Rs.").contains("makes no tensor"));
}

#[test]
fn claimed_sizes_are_checked_against_the_bytes_that_are_there() {
    assert!(refused(b"X\xff\xff\xff\xffa.").contains("cut short: 4294967295 more"));
    assert!(refused(b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fa.").contains("cut short"));
    assert!(refused(b"\x8e\xff\xff\xff\xff\xff\xff\xff\xffa.").contains("cut short"));
    assert!(refused(b"\x8a\xff").contains("cut short"));
    let long = [b"\x8a\x20".as_slice(), &[1; 32], b"."].concat();
    assert!(refused(&long).contains("integer of 32 bytes"));
    assert!(refused(&vec![b']'; MOST_VALUES + 1]).contains("more than 1048576 values"));
}

#[test]
fn cycles_and_depth_cost_nothing() {
    // A list that contains itself, as a state dict.
    assert!(refused(b"]q\x00h\x00a.").contains("expected a state dict"));
    // A dictionary whose value is itself, and one that is wrapped in itself.
    assert!(refused(b"}q\x00X\x01\0\0\0ah\x00s.").contains("no tensors"));
    assert!(refused(b"}q\x00X\x05\0\0\0modelh\x00s.").contains("no tensors"));
    // A persistent id of itself cannot be built; a parameter within a parameter is refused.
    let parameter = b"ctorch._utils\n_rebuild_parameter\n";
    let nested =
        [b"}X\x01\0\0\0a".as_slice(), &parameter.repeat(300), b"N", &b"\x85R".repeat(300), b"s."];
    assert!(refused(&nested.concat()).contains("makes no tensor"));
    let deep = [vec![b']'; 500_000], vec![b'a'; 499_999], vec![b'.']].concat();
    assert!(refused(&deep).contains("expected a state dict"));
}

#[test]
fn a_broken_stack_is_an_error() {
    for body in [
        &b"."[..],
        b"0.",
        b"1.",
        b"2.",
        b"(.",
        b"(0.",
        b"t.",
        b"R.",
        b"NNR.",
        b"b.",
        b"Nb.",
        b"s.",
        b"}Ns.",
        b"(N}u.",
        b"}(Nu.",
        b"a.",
        b"NNa.",
        b"]e.",
        b"h\x00.",
        b"q\x00.",
        b"\x94.",
        b"j\0\0\0\0.",
        b"Q.",
        b"\x93.",
        b"NN\x93.",
        b"cx.",
        b"\xff.",
        b"",
        b"\x80\x07.",
    ] {
        assert!(!refused(body).is_empty());
    }
}

#[test]
fn a_tensor_outside_its_storage_is_refused() {
    // ('storage', FloatStorage, '0', 'cpu', COUNT), offset, shape, stride
    let tensor = |count: u8, offset: u8, shape: &[u8], stride: &[u8]| {
        let numbers = |all: &[u8]| {
            let each = all.iter().flat_map(|n| [b'K', *n]);
            [b"(".to_vec(), each.collect(), b"t".to_vec()].concat()
        };
        let mut body = b"}X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage\
            ctorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK"
            .to_vec();
        body.extend([count, b't', b'Q', b'K', offset]);
        body.extend([numbers(shape), numbers(stride)].concat());
        body.extend(b"\x89}tRs.");
        let bytes = [b"\x80\x02", body.as_slice()].concat();
        read(&bytes, ALLOWED).and_then(|pickle| state_dict(&pickle))
    };
    assert!(tensor(6, 0, &[2, 3], &[3, 1]).is_ok());
    assert!(tensor(6, 1, &[2, 3], &[3, 1]).unwrap_err().contains("reaches outside"));
    assert!(tensor(6, 0, &[2, 3], &[4, 1]).unwrap_err().contains("reaches outside"));
    assert!(tensor(6, 0, &[7], &[0]).unwrap_err().contains("larger than its storage"));
    assert!(tensor(6, 0, &[255; 8], &[0; 8]).unwrap_err().contains("larger"));
    assert!(tensor(6, 0, &[1; 9], &[1; 9]).unwrap_err().contains("8 sizes"));
    assert!(tensor(6, 0, &[2], &[1, 1]).unwrap_err().contains("with strides"));
    assert!(tensor(0, 200, &[0, 9], &[0, 0]).is_ok(), "nothing of nothing");
}
