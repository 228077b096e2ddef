package io.streamrank.fetch;

import java.util.Optional;

/**
 * A file at a location.
 *
 * @param name relative, with {@code /}; where it is packed, what it is called until it is unpacked
 * @param size in bytes; {@link #UNKNOWN} where that shows only as it comes
 * @param sha256 what its SHA-256 must be, in hexadecimal digits
 * @param packing how others are packed in it
 * @param address how its source finds it
 */
record RemoteFile(String name, long size, Optional<String> sha256, Packing packing, String address) {
    static final long UNKNOWN = -1;

    RemoteFile withSha256(String expected) {
        return new RemoteFile(name, size, Optional.of(expected), packing, address);
    }
}
