package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The file that says which models' next revisions get which share of requests, as properties: {@code <model>.path},
 * {@code <model>.share} and, where it is to be held to, {@code <model>.revision}.
 */
final class RolloutFile {
    /** Some hundred models; no typing error goes further. */
    private static final int BYTES_MAX = 64 << 10;

    private static final Set<String> NAMES = Set.of("path", "share", "revision");
    private static final Pattern SHARE = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,9})?)(%?)");
    private static final Pattern REVISION = Pattern.compile("[0-9a-f]{12,64}");
    private static final BigDecimal PERCENT = BigDecimal.valueOf(100);

    private final Path path;

    RolloutFile(Path path) {
        this.path = path;
    }

    /**
     * What is wanted for one model.
     *
     * @param model its id
     * @param folder holds the next revision
     * @param revision that the folder must hold, or its first digits; empty where any will do
     * @param share of the model's requests that it gets, from 0 to 1
     */
    record Wish(String model, Path folder, Optional<String> revision, double share) {
        /** Whether both want the same checkpoint, be it for another share. */
        boolean isOfSameCheckpoint(Wish other) {
            return folder.equals(other.folder) && revision.equals(other.revision);
        }

        /** Whether a checkpoint of this SHA-256 will do. */
        boolean isMetBy(String digest) {
            return revision.isEmpty() || digest.startsWith(revision.get());
        }
    }

    /** Thrown where it cannot be followed; says what is wrong, where, and what was expected. */
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableException(Path file, String problem) {
            super(file + ": " + problem);
        }
    }

    /** What it says now, byte for byte. */
    String read() throws UnusableException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw unusable("has more than " + BYTES_MAX + " bytes");
            }
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (NoSuchFileException e) {
            throw unusable("there is no such file; to roll nothing out, leave it empty");
        } catch (CharacterCodingException e) {
            throw unusable("is not UTF-8");
        } catch (IOException e) {
            throw unusable("cannot be read: " + e);
        }
    }

    /**
     * What a text of this file wants.
     *
     * @param models the ids of the models that the worker holds
     * @return by model
     */
    List<Wish> parse(String text, Collection<String> models) throws UnusableException {
        Map<String, Map<String, String>> byModel = new TreeMap<>();
        for (Map.Entry<String, String> entry : entries(text).entrySet()) {
            String key = entry.getKey();
            int dot = key.lastIndexOf('.');
            if (dot <= 0 || !NAMES.contains(key.substring(dot + 1))) {
                throw unusable("'" + key + "' means nothing; expected <model>.path, <model>.share or <model>.revision");
            }
            String model = key.substring(0, dot);
            if (!models.contains(model)) {
                throw unusable("'" + key + "' is of no model that this worker holds, which are " + models);
            }
            byModel.computeIfAbsent(model, any -> new TreeMap<>()).put(key.substring(dot + 1), entry.getValue());
        }
        List<Wish> wishes = new ArrayList<>();
        for (Map.Entry<String, Map<String, String>> model : byModel.entrySet()) {
            wishes.add(wish(model.getKey(), model.getValue()));
        }
        return wishes;
    }

    private Wish wish(String model, Map<String, String> values) throws UnusableException {
        String folder = values.getOrDefault("path", "");
        if (folder.isBlank()) {
            throw unusable(model + ".path is missing: name the folder of the model's next revision");
        }
        String revision = values.get("revision");
        if (revision != null && !REVISION.matcher(revision).matches()) {
            throw unusable(model + ".revision is '" + revision
                    + "', expected the 12 hexadecimal digits that rankings name it by");
        }
        return new Wish(model, Path.of(folder), Optional.ofNullable(revision), share(model, values.get("share")));
    }

    private double share(String model, @Nullable String text) throws UnusableException {
        var share = SHARE.matcher(text == null ? "" : text);
        if (share.matches()) {
            BigDecimal number = new BigDecimal(share.group(1));
            BigDecimal part = share.group(2).isEmpty() ? number : number.divide(PERCENT);
            if (part.compareTo(BigDecimal.ONE) <= 0) {
                return part.doubleValue();
            }
        }
        throw unusable(model + ".share is " + (text == null ? "missing" : "'" + text + "'")
                + ", expected a number from 0 to 1, or from 0% to 100%");
    }

    /** Properties would silently take the last of several. */
    private Map<String, String> entries(String text) throws UnusableException {
        Map<String, String> entries = new TreeMap<>();
        List<String> twice = new ArrayList<>();
        Properties properties = new Properties() {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Object put(Object key, Object value) {
                String before = entries.put((String) key, ((String) value).strip());
                if (before != null) {
                    twice.add((String) key);
                }
                return super.put(key, value);
            }
        };
        try {
            properties.load(new StringReader(text));
        } catch (IOException | IllegalArgumentException e) {
            throw unusable("is no properties file: " + e.getMessage());
        }
        if (!twice.isEmpty()) {
            throw unusable("says " + twice.get(0) + " more than once");
        }
        return entries;
    }

    private UnusableException unusable(String problem) {
        return new UnusableException(path, problem);
    }
}
