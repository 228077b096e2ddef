package io.streamrank.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Puts an architecture's TorchScript source into the archive form that libtorch loads: a zip of stored entries holding
 * the source and two pickles that are the same for every family.
 */
final class TorchArchive {
    private static final String ROOT = "reranker/";

    /** The file format's version, the oldest that libtorch 2.7 writes for plain modules. */
    private static final String VERSION = "3\n";

    /** The one attribute of a module that serves. */
    private static final String WEIGHTS = "weights";

    /** What training does between layers and serving leaves out. */
    private static final String SERVING = "serving.py";

    /** Files that stand in for those of the same name where the CUDA operators are there. */
    private static final String OPERATORS = "operators/";

    /** How a layer's matrices are multiplied. */
    static final String PRODUCTS = "products.py";

    private static final String ONEDNN = "onednn/";

    private TorchArchive() {}

    /**
     * The serving module.
     *
     * @param computeType PyTorch's number of the compute type: 6 for float32, 15 for bfloat16
     * @param operators whether the CUDA operators are there
     * @param oneDnn whether it runs on a CPU by oneDNN
     */
    static byte[] assemble(Architecture architecture, int computeType, boolean operators, boolean oneDnn) {
        Map<String, Object> constants = new TreeMap<>(architecture.constants());
        constants.put("compute_type", computeType);
        constants.put("wide_type", Dtype.FLOAT32.torchNumber());
        List<String> sources = Stream.concat(
                        Stream.of(architecture.module()),
                        Stream.concat(
                                architecture.sources().stream(),
                                Stream.of(SERVING, oneDnn ? ONEDNN + PRODUCTS : PRODUCTS)))
                .toList();
        return assemble(sources, constants, List.of(WEIGHTS), operators);
    }

    /**
     * @param sources resource names under {@code torchscript/}, of which one defines the class {@code Reranker}
     * @param constants compiled into the source, each as a function without arguments
     * @param attributes the class's attributes beside {@code training}, each a None to begin with
     * @param operators whether the CUDA operators are there
     */
    static byte[] assemble(
            List<String> sources, Map<String, Object> constants, List<String> attributes, boolean operators) {
        return zip(source(sources, constants, operators), attributes);
    }

    /** The text that libtorch compiles. */
    static String source(List<String> sources, Map<String, Object> constants, boolean operators) {
        List<String> fast = operators ? withOperators(sources) : List.of();
        StringBuilder source = new StringBuilder();
        sources.forEach(name -> source.append(resource(fast.contains(name) ? OPERATORS + name : name))
                .append('\n'));
        new TreeMap<>(constants).forEach((name, value) -> source.append(function(name, value)));
        return source.toString();
    }

    /** Which of the sources have a form that calls the CUDA operators. */
    static List<String> withOperators(List<String> sources) {
        return sources.stream()
                .filter(name -> TorchArchive.class.getResource("/torchscript/" + OPERATORS + name) != null)
                .toList();
    }

    private static String resource(String name) {
        try (InputStream in = TorchArchive.class.getResourceAsStream("/torchscript/" + name)) {
            if (in == null) {
                throw new IllegalStateException("torchscript/" + name + " is not on the class path");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A constant as a function: the compiler inlines it, and the source stays the same text for every checkpoint. */
    private static String function(String name, Object value) {
        String type;
        String text;
        if (value instanceof Integer || value instanceof Long) {
            type = "int";
            text = value.toString();
        } else if (value instanceof Double) {
            type = "float";
            text = value.toString();
        } else if (value instanceof List<?> texts && texts.stream().allMatch(String.class::isInstance)) {
            type = "List[str]";
            text = texts.stream()
                    .map(each -> '"' + each.toString() + '"')
                    .toList()
                    .toString();
        } else if (value instanceof List<?> numbers) {
            type = "List[float]";
            text = numbers.toString();
        } else if (value instanceof Boolean flag) {
            type = "bool";
            text = flag ? "True" : "False";
        } else {
            type = "str";
            text = '"' + value.toString() + '"';
        }
        return "def " + name + "() -> " + type + ":\n  return " + text + "\n\n";
    }

    private static byte[] zip(String source, List<String> attributes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            store(zip, "data.pkl", modulePickle(attributes));
            store(zip, "code/__torch__.py", source.getBytes(UTF_8));
            store(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            store(zip, "version", VERSION.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Python's pickle, protocol 2, of a {@code Reranker} with training = False and all other attributes None: class,
     * empty tuple, NEWOBJ, a dictionary filled by SETITEMS, BUILD, STOP.
     */
    private static byte[] modulePickle(List<String> attributes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x80, 2});
        out.write("c__torch__\nReranker\n".getBytes(UTF_8));
        out.write(new byte[] {')', (byte) 0x81, '}', '('});
        out.write(unicode("training"));
        out.write(0x89);
        for (String attribute : attributes) {
            out.write(unicode(attribute));
            out.write('N');
        }
        out.write("ub.".getBytes(UTF_8));
        return out.toByteArray();
    }

    private static byte[] unicode(String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        byte[] pickled = new byte[5 + utf8.length];
        pickled[0] = 'X';
        pickled[1] = (byte) utf8.length;
        System.arraycopy(utf8, 0, pickled, 5, utf8.length);
        return pickled;
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(ROOT + name);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
