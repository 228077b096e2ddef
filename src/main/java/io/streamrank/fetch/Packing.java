package io.streamrank.fetch;

/** How files are packed into one. */
enum Packing {
    NONE,
    TAR,
    TAR_GZIP,
    ZIP;

    /** By the end of a file's name. */
    static Packing ofName(String name) {
        if (name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
            return TAR_GZIP;
        }
        return name.endsWith(".tar") ? TAR : name.endsWith(".zip") ? ZIP : NONE;
    }
}
