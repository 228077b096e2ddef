package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.run.ListSource;
import io.streamrank.replay.run.RequestAcceptance;
import io.streamrank.replay.run.RunSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Files of candidate lists to be replayed, known by what is in them: they may be moved between two attempts. */
final class ReplayFiles {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DIGITS = 12;
    private static final int BUFFER_BYTES = 1 << 20;

    private final SendSource source;
    private final @Nullable String split;
    private final int depth;
    private final Map<String, Path> files;
    private final Map<String, String> digests = new LinkedHashMap<>();

    /**
     * @param split which queries and run of a BEIR folder, where it holds several
     * @param depth the most candidates of a list of a run
     * @throws IOException if a file is missing
     */
    ReplayFiles(SendSource source, @Nullable String split, int depth) throws IOException {
        this.source = source;
        this.split = split;
        this.depth = depth;
        if (TextLines.STANDARD_INPUT.equals(source.jsonl)) {
            throw new IllegalArgumentException(
                    "--jsonl -: a replay that goes on reads its source again, so it takes a file");
        }
        files = source.files(split);
        for (Map.Entry<String, Path> file : files.entrySet()) {
            digests.put(file.getKey(), digest(file.getValue()));
        }
    }

    private static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(sha.digest()).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What another attempt must have in common with this one. */
    Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("source", "files");
        digests.forEach((kind, digest) -> identity.put(kind, "sha256 " + digest));
        if (source.jsonl == null) {
            identity.put("depth", Integer.toString(depth));
        }
        return identity;
    }

    /** For the replay's folder. */
    ObjectNode json() throws IOException {
        ObjectNode node = JSON.createObjectNode().put("kind", "files");
        ArrayNode all = node.putArray("files");
        for (Map.Entry<String, Path> file : files.entrySet()) {
            all.addObject()
                    .put("kind", file.getKey())
                    .put("path", file.getValue().toString())
                    .put("bytes", Files.size(file.getValue()))
                    .put("sha256", digests.get(file.getKey()));
        }
        return node;
    }

    /** Opens them where they go on. */
    ListSource open(RequestAcceptance acceptance, @Nullable JsonNode position) throws IOException {
        if (source.jsonl != null) {
            return new JsonLinesSource(Path.of(source.jsonl), acceptance, position);
        }
        Path run = requireNonNull(files.get("run"));
        return new RunSource(source.lists(split, depth), String.valueOf(run.getFileName()), acceptance, position);
    }
}
