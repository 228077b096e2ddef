package io.streamrank.fetch;

import java.nio.file.Path;

/**
 * A checkpoint that is in place.
 *
 * @param folder holds it
 * @param location where it came from
 * @param sha256 of it as a whole, 64 digits, of which its revision is the first
 * @param isNew whether it came just now; it was there already otherwise
 */
public record Fetched(Path folder, String location, String sha256, boolean isNew) {}
