package io.streamrank.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Hugging Face checkpoint folder, opened: its files are there and readable, its weights' layout is checked.
 *
 * @param folder the folder
 * @param config {@code config.json}
 * @param weights {@code model.safetensors}, or the shards of {@code model.safetensors.index.json}
 * @param tokenizer the path of {@code tokenizer.json}
 */
record Checkpoint(Path folder, Config config, Safetensors weights, Path tokenizer) {
    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String INDEX = WEIGHTS + ".index.json";
    static final String TOKENIZER = "tokenizer.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    static final String RERANKER = "reranker.json";

    /** What sentence-transformers keeps beside the model since its version 5.4. */
    static final String SENTENCE_TRANSFORMERS = "config_sentence_transformers.json";

    private static final Pattern HUB_NAME = Pattern.compile("\\w[\\w.-]*/\\w[\\w.-]*");

    /** Hexadecimal digits of a revision. */
    static final int REVISION_DIGITS = 12;

    static Checkpoint open(Path folder) {
        requireFolder(folder);
        Config config = Config.read(folder.resolve(CONFIG));
        return new Checkpoint(folder, config, weights(folder), tokenizer(folder));
    }

    static void requireFolder(Path folder) {
        if (Files.isDirectory(folder)) {
            return;
        }
        if (HUB_NAME.matcher(folder.toString()).matches() && !Files.exists(folder)) {
            throw new CheckpointException(
                    folder,
                    "is not a folder here; it reads like a name on the Hugging Face hub, and nothing is downloaded",
                    "Fetch it, for example with `hf download " + folder + " --local-dir FOLDER`, and name that folder");
        }
        throw new CheckpointException(folder, "is not a folder", "Point the model at a checkpoint folder");
    }

    static Path tokenizer(Path folder) {
        Path file = folder.resolve(TOKENIZER);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(
                    file, "is missing", "Save the tokenizer in its fast form, which writes this one file");
        }
        LfsPointer.refuse(file);
        return file;
    }

    /** The one file wins where there is an index as well, as in transformers. */
    static Safetensors weights(Path folder) {
        Path file = folder.resolve(WEIGHTS);
        if (Files.isRegularFile(file)) {
            return Safetensors.open(file);
        }
        if (Files.exists(folder.resolve(INDEX))) {
            return Safetensors.openSharded(folder.resolve(INDEX));
        }
        if (Files.exists(folder.resolve("pytorch_model.bin"))) {
            throw new CheckpointException(
                    file,
                    "is missing and pytorch_model.bin is not read: a pickle can run any code when loaded",
                    "Save the model with safe_serialization=True, which writes model.safetensors");
        }
        throw new CheckpointException(
                file, "is missing", "A checkpoint folder holds config.json, model.safetensors and tokenizer.json");
    }

    /**
     * The first 12 hexadecimal digits of the SHA-256 over the bytes of every file that a score depends on, one after the
     * other: {@code config.json}, {@code config_sentence_transformers.json}, {@code tokenizer.json},
     * {@code tokenizer_config.json}, {@code reranker.json}, each where there is one, {@code 1_LogitScore/config.json}
     * where it names the tokens that a language model is ranked by, and then {@code model.safetensors}, or the index and
     * its shards in the order of their names. It is what {@code cat} of these files piped into {@code sha256sum} prints.
     * Reads the files from end to end.
     */
    String revision() {
        return digest().substring(0, REVISION_DIGITS);
    }

    /** All 64 hexadecimal digits of it. */
    String digest() {
        Stream<Path> named = Stream.of(CONFIG, SENTENCE_TRANSFORMERS, TOKENIZER, TOKENIZER_CONFIG, RERANKER)
                .map(folder::resolve)
                .filter(Files::exists);
        List<Path> files = Stream.of(named, LabelTokens.storedFile(this).stream(), weights.files().stream())
                .flatMap(Function.identity())
                .toList();
        MessageDigest digest = sha256();
        byte[] chunk = new byte[1 << 20];
        for (Path file : files) {
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                while (in.read(chunk) >= 0) {
                    // The stream feeds the digest.
                }
            } catch (IOException e) {
                throw new CheckpointException(file, "cannot be read: " + e, "Check that it may be read", e);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
