package io.streamrank.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** Tells a file from others by its size and by samples of it, so that a collection of any size takes no time. */
final class FileSample {
    private static final int BLOCKS = 64;
    private static final int BLOCK_BYTES = 1 << 16;

    /** Hexadecimal digits that are told. */
    private static final int DIGITS = 16;

    private FileSample() {}

    /** {@code 12,345 bytes, 0123456789abcdef}: the digest is of 64 blocks, the first and the last among them. */
    static String of(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            if (size <= (long) BLOCKS * BLOCK_BYTES) {
                update(digest, channel, 0, (int) size);
            } else {
                for (int block = 0; block < BLOCKS; block++) {
                    update(digest, channel, (size - BLOCK_BYTES) / (BLOCKS - 1) * block, BLOCK_BYTES);
                }
                update(digest, channel, size - BLOCK_BYTES, BLOCK_BYTES);
            }
            String hex = HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
            return String.format(Locale.ROOT, "%,d bytes, %s", size, hex);
        }
    }

    private static void update(MessageDigest digest, FileChannel channel, long from, int bytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(bytes);
        while (block.hasRemaining()) {
            if (channel.read(block, from + block.position()) < 0) {
                throw new IOException("it became shorter while it was read");
            }
        }
        digest.update(block.flip());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
