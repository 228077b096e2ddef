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

/**
 * A Hugging Face checkpoint folder, opened: its files are there and readable, its weights' layout is checked.
 *
 * @param folder the folder
 * @param config {@code config.json}
 * @param weights {@code model.safetensors}
 * @param tokenizer the path of {@code tokenizer.json}
 */
record Checkpoint(Path folder, Config config, Safetensors weights, Path tokenizer) {
    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String TOKENIZER = "tokenizer.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    static final String RERANKER = "reranker.json";

    /** Hexadecimal digits of a revision. */
    static final int REVISION_DIGITS = 12;

    static Checkpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException(folder, "is not a folder", "Point the model at a checkpoint folder");
        }
        Config config = Config.read(folder.resolve(CONFIG));
        Path tokenizer = folder.resolve(TOKENIZER);
        if (!Files.isRegularFile(tokenizer)) {
            throw new CheckpointException(
                    tokenizer, "is missing", "Save the tokenizer in its fast form, which writes this one file");
        }
        return new Checkpoint(folder, config, Safetensors.open(weightsFile(folder)), tokenizer);
    }

    private static Path weightsFile(Path folder) {
        Path file = folder.resolve(WEIGHTS);
        if (Files.isRegularFile(file)) {
            return file;
        }
        if (Files.exists(folder.resolve(WEIGHTS + ".index.json"))) {
            throw new CheckpointException(
                    file,
                    "is missing: the checkpoint is sharded, which is not read yet",
                    "Save it in one file (max_shard_size larger than the model)");
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
     * The first 12 hexadecimal digits of the SHA-256 over the bytes of {@code config.json}, {@code tokenizer.json},
     * {@code reranker.json} where there is one, and {@code model.safetensors}, in this order: what {@code cat} of these
     * files piped into {@code sha256sum} prints. Reads the files from end to end.
     */
    String revision() {
        MessageDigest digest = sha256();
        byte[] chunk = new byte[1 << 20];
        for (String name : List.of(CONFIG, TOKENIZER, RERANKER, WEIGHTS)) {
            Path file = folder.resolve(name);
            if (name.equals(RERANKER) && !Files.exists(file)) {
                continue;
            }
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                while (in.read(chunk) >= 0) {
                    // The stream feeds the digest.
                }
            } catch (IOException e) {
                throw new CheckpointException(file, "cannot be read: " + e, "Check that it may be read", e);
            }
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, REVISION_DIGITS);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
