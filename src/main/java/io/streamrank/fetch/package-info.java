/**
 * Checkpoints from elsewhere: a folder, an HTTP server, an OCI registry or an S3 bucket, checked and put in place as a
 * whole. Knows nobody; who asks says what a good checkpoint is.
 */
@NullMarked
package io.streamrank.fetch;

import org.jspecify.annotations.NullMarked;
