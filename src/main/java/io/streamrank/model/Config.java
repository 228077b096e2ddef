package io.streamrank.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map.Entry;

/**
 * One of a checkpoint's JSON files, read with errors that name the file and the key.
 *
 * @param file where it was read from
 * @param json its content, an object
 */
record Config(Path file, JsonNode json) {
    // Mamba configurations of transformers 4 hold a bare Infinity.
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    static Config read(Path file) {
        LfsPointer.refuse(file);
        JsonNode json;
        try {
            json = JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new CheckpointException(
                    file,
                    "is missing",
                    "A checkpoint folder holds config.json, model.safetensors and tokenizer.json",
                    e);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    file,
                    "is not JSON: " + withoutSource(e.getOriginalMessage()) + " (line "
                            + e.getLocation().getLineNr() + ")",
                    "Fetch or save the checkpoint again",
                    e);
        } catch (IOException e) {
            throw new CheckpointException(file, "cannot be read: " + e, "Check that it may be read", e);
        }
        if (!json.isObject()) {
            throw new CheckpointException(file, "is not a JSON object", "Fetch or save the checkpoint again");
        }
        return new Config(file, json);
    }

    boolean has(String key) {
        return json.hasNonNull(key);
    }

    List<String> keys() {
        return json.properties().stream().map(Entry::getKey).toList();
    }

    /** A positive whole number that must be there. */
    int count(String key) {
        JsonNode value = json.path(key);
        if (!value.canConvertToInt() || !value.isIntegralNumber() || value.asInt() <= 0) {
            throw wrong(key, "a positive whole number");
        }
        return value.asInt();
    }

    int count(String key, int absent) {
        return has(key) ? count(key) : absent;
    }

    /** A whole number from zero on, such as a token id. */
    int index(String key, int absent) {
        if (!has(key)) {
            return absent;
        }
        JsonNode value = json.path(key);
        if (!value.canConvertToInt() || !value.isIntegralNumber() || value.asInt() < 0) {
            throw wrong(key, "a whole number from 0 on");
        }
        return value.asInt();
    }

    double positive(String key, double absent) {
        if (!has(key)) {
            return absent;
        }
        double value = json.path(key).asDouble(Double.NaN);
        if (!json.path(key).isNumber() || !(value > 0) || Double.isInfinite(value)) {
            throw wrong(key, "a positive number");
        }
        return value;
    }

    /** A number from 0 on, and less than 1. */
    double share(String key, double absent) {
        double value = json.path(key).asDouble(absent);
        if (has(key) && (!json.path(key).isNumber() || !(value >= 0 && value < 1))) {
            throw wrong(key, "a number from 0 on, less than 1");
        }
        return value;
    }

    String text(String key, String absent) {
        if (!has(key)) {
            return absent;
        }
        if (!json.path(key).isTextual()) {
            throw wrong(key, "a string");
        }
        return json.path(key).asText();
    }

    boolean flag(String key) {
        return json.path(key).asBoolean(false);
    }

    /** For a value that is there and says what this worker does not do. */
    CheckpointException unsupported(String key, String supported) {
        return new CheckpointException(
                file,
                key + " is " + json.path(key) + ", supported: " + supported,
                "Nothing is replaced silently: use a checkpoint with a supported value");
    }

    private CheckpointException wrong(String key, String expectation) {
        String found = json.has(key) ? "is " + json.path(key) : "is missing";
        return new CheckpointException(file, key + " " + found + ", expected " + expectation, "Mend the file");
    }

    /** Jackson's messages may name a source, and only to say that it is not told. */
    private static String withoutSource(String message) {
        return message.replaceAll("\\[Source: REDACTED[^;]*; ", "[");
    }
}
