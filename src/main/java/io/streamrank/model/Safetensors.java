package io.streamrank.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's tensors, in one safetensors file or in several with an index. A safetensors file is eight bytes of
 * header length (little endian), a JSON header, then the tensors' bytes. The whole layout is checked on opening, so a
 * tensor found here can be read. Format: https://huggingface.co/docs/safetensors#format
 *
 * <p>Immutable and thread-safe. The files must not change while tensors are being read from them.
 */
final class Safetensors {
    private final Path file;
    private final List<Path> files;
    private final Map<String, StoredTensor> tensors;

    private Safetensors(Path file, List<Path> files, Map<String, StoredTensor> tensors) {
        this.file = file;
        this.files = files;
        this.tensors = tensors;
    }

    /** Opens a file that holds all tensors. */
    static Safetensors open(Path file) {
        return new Safetensors(file, List.of(file), SafetensorsHeader.read(file));
    }

    /** No tensors, said to be in a file. */
    static Safetensors none(Path file) {
        return new Safetensors(file, List.of(file), Map.of());
    }

    /** Opens the files that an index names. */
    static Safetensors openSharded(Path file) {
        SafetensorsIndex index = SafetensorsIndex.read(file);
        return new Safetensors(file, index.files(), index.tensors());
    }

    /** The file that says which tensors there are: the safetensors file, or the index. */
    Path file() {
        return file;
    }

    /** Every file read: the safetensors file, or the index and then its shards in the order of their names. */
    List<Path> files() {
        return files;
    }

    /** Names that tensors can be found by; a tied one has several. */
    Set<String> names() {
        return tensors.keySet();
    }

    /** Every tensor once. */
    Set<StoredTensor> tensors() {
        return new LinkedHashSet<>(tensors.values());
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    @Nullable StoredTensor find(String name) {
        return tensors.get(name);
    }

    /**
     * Maps a part of a tensor's bytes, little endian, read only. The mapping lives as long as the buffer is reachable.
     *
     * @param from the first byte, counted from the tensor's own first
     * @param bytes how many, {@link Integer#MAX_VALUE} at most
     */
    static ByteBuffer map(StoredTensor tensor, long from, long bytes) {
        try (FileChannel channel = FileChannel.open(tensor.file())) {
            return channel.map(MapMode.READ_ONLY, tensor.begin() + from, bytes).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map " + tensor.name() + " of " + tensor.file(), e);
        }
    }
}
