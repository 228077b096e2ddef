package io.streamrank.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Schemas by id in files, {@code <id>.avsc}, for the next start. A registry never gives an id to another schema, so what
 * is here is right for as long as the folder belongs to one registry. What cannot be read or written is told of in the
 * log, and done without: the registry has it all.
 */
final class SchemaFolder {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaFolder.class);
    private static final int NAME_BYTES = 6;
    private static final Pattern NAME = Pattern.compile("(\\d{1,9})\\.avsc");

    private final Path folder;

    private SchemaFolder(Path folder) {
        this.folder = folder;
    }

    /** The folder of one registry: ids of another may stand for other schemas. */
    static SchemaFolder of(Path cacheDir, RegistrySettings settings) {
        return new SchemaFolder(cacheDir.resolve(name(settings)));
    }

    /** Equal for equal addresses and groups, in whatever order addresses are tried. */
    static String name(RegistrySettings settings) {
        String registry = settings.urls().stream().map(URI::toString).sorted().collect(Collectors.joining(","))
                + settings.group().map(group -> " " + group).orElse("");
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(registry.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The schemas in it, at most so many. */
    Map<Integer, Schema> read(int max) {
        Map<Integer, Schema> schemas = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.avsc")) {
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (schemas.size() < max && name.matches()) {
                    read(file).ifPresent(schema -> schemas.put(Integer.valueOf(name.group(1)), schema));
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} is yet to be made", folder);
        } catch (IOException e) {
            LOG.warn("{} (streamrank.registry.cache-dir) cannot be read: {}", folder, e.toString());
        }
        return schemas;
    }

    private static Optional<Schema> read(Path file) {
        try {
            return Optional.of(new Schema.Parser().parse(Files.readString(file)));
        } catch (IOException | RuntimeException e) { // Avro throws all sorts where a text makes no sense to it
            LOG.warn("{} (streamrank.registry.cache-dir) holds no schema that can be read: {}", file, e.toString());
            return Optional.empty();
        }
    }

    /** Puts a schema there, whole or not at all. */
    void write(int id, Schema schema) {
        try {
            Files.createDirectories(folder);
            Path part = Files.createTempFile(folder, "schema", ".part");
            Files.write(part, schema.toString().getBytes(UTF_8));
            Files.move(part, folder.resolve(id + ".avsc"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warn("Schema {} is not kept in {} (streamrank.registry.cache-dir): {}", id, folder, e.toString());
        }
    }
}
