package io.streamrank.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file: eight bytes of header length (little endian), a JSON header, then the tensors' bytes. The whole
 * layout is checked on opening, so a tensor found here can be read. Format:
 * https://huggingface.co/docs/safetensors#format
 *
 * <p>Immutable and thread-safe. The file must not change while tensors are being read from it.
 */
final class Safetensors {
    private final Path file;
    private final Map<String, StoredTensor> tensors;

    private Safetensors(Path file, Map<String, StoredTensor> tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    static Safetensors open(Path file) {
        return new Safetensors(file, SafetensorsHeader.read(file));
    }

    Path file() {
        return file;
    }

    Set<String> names() {
        return tensors.keySet();
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    @Nullable StoredTensor find(String name) {
        return tensors.get(name);
    }

    /**
     * Maps one tensor's bytes, little endian, read only. The mapping lives as long as the buffer is reachable.
     *
     * @throws CheckpointException for a tensor larger than a buffer can be
     */
    ByteBuffer map(StoredTensor tensor) {
        if (tensor.bytes() > Integer.MAX_VALUE) {
            throw new CheckpointException(
                    file,
                    "tensor " + tensor.name() + " has " + tensor.bytes() + " bytes, at most " + Integer.MAX_VALUE
                            + " are read",
                    "Store it in a narrower type, or split it");
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(MapMode.READ_ONLY, tensor.begin(), tensor.bytes())
                    .order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map " + tensor.name() + " of " + file, e);
        }
    }
}
