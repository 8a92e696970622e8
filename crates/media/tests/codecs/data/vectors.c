/* Encoders and decoders of spandsp, bcg729 and libopus between standard input and output, for
   make.sh. Samples are of 16 bits, little-endian. */
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>
#include <opus/opus.h>
#include <spandsp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char in[1 << 22];
static int16_t pcm[1 << 21];
static size_t size;

static void put(const void *bytes, size_t count) { fwrite(bytes, 1, count, stdout); }

static void g726(int encode) {
    g726_state_t *state = g726_init(NULL, 32000, G726_ENCODING_LINEAR, G726_PACKING_RIGHT);
    if (encode) {
        int count = g726_encode(state, (uint8_t *)pcm, (int16_t *)in, size / 2);
        put(pcm, count);
    } else {
        int count = g726_decode(state, pcm, in, size);
        put(pcm, count * 2);
    }
}

static void g729_encode(void) {
    bcg729EncoderChannelContextStruct *encoder = initBcg729EncoderChannel(1);
    for (size_t at = 0; at + 160 <= size; at += 160) {
        uint8_t frame[10], length;
        bcg729Encoder(encoder, (int16_t *)(in + at), frame, &length);
        put(&length, 1);
        put(frame, length);
    }
}

/* A frame of no octets is one that was not sent: more of the silence before it. */
static void g729_decode(int lossy) {
    bcg729DecoderChannelContextStruct *decoder = initBcg729DecoderChannel();
    int number = 0;
    for (size_t at = 0; at < size; number++) {
        uint8_t length = in[at++];
        int16_t frame[80];
        int lost = lossy && length == 10 && number % 9 == 8;
        bcg729Decoder(decoder, lost || !length ? NULL : in + at, lost ? 0 : length, lost, !lost && length < 10,
                      0, frame);
        put(frame, sizeof frame);
        at += length;
    }
}

static void opus_encode_all(int rate, int channels, int bits, int frame) {
    int error;
    OpusEncoder *encoder = opus_encoder_create(48000, channels, OPUS_APPLICATION_VOIP, &error);
    int widths[] = {OPUS_BANDWIDTH_WIDEBAND, OPUS_BANDWIDTH_SUPERWIDEBAND, OPUS_BANDWIDTH_FULLBAND};
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits));
    opus_encoder_ctl(encoder, OPUS_SET_BANDWIDTH(widths[rate / 16000 - 1]));
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(rate == 16000));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(20));
    /* 1000: SILK, 1001: hybrid, 1002: CELT (OPUS_SET_FORCE_MODE) */
    opus_encoder_ctl(encoder, 11002, 999 + rate / 16000);
    int16_t *samples = (int16_t *)in;
    for (size_t at = 0; at + frame <= size / 2; at += frame) {
        int16_t interleaved[2 * 5760];
        uint8_t packet[1500];
        for (int n = 0; n < frame; n++)
            for (int c = 0; c < channels; c++)
                interleaved[n * channels + c] = c ? samples[at + n] / 2 : samples[at + n];
        int length = opus_encode(encoder, interleaved, frame, packet, sizeof packet);
        if (length < 0) exit(1);
        uint8_t head[2] = {length >> 8, length & 255};
        put(head, 2);
        put(packet, length);
    }
}

static void opus_decode_all(int lossy) {
    int error, number = 0, lost = 0;
    OpusDecoder *decoder = opus_decoder_create(48000, 1, &error);
    for (size_t at = 0; at + 2 <= size; number++) {
        int length = in[at] << 8 | in[at + 1];
        uint8_t *packet = in + at + 2;
        at += 2 + length;
        if (lossy && number % 7 == 6) {
            lost = 1;
            continue;
        }
        if (lost) {
            int frame = opus_packet_get_samples_per_frame(packet, 48000);
            put(pcm, 2 * opus_decode(decoder, packet, length, pcm, frame, 1));
            lost = 0;
        }
        put(pcm, 2 * opus_decode(decoder, packet, length, pcm, 5760, 0));
    }
}

int main(int count, char **words) {
    size = fread(in, 1, sizeof in, stdin);
    const char *what = words[1];
    if (!strcmp(what, "g726-encode")) g726(1);
    if (!strcmp(what, "g726-decode")) g726(0);
    if (!strcmp(what, "g729-encode")) g729_encode();
    if (!strcmp(what, "g729-decode")) g729_decode(0);
    if (!strcmp(what, "g729-lossy")) g729_decode(1);
    if (!strcmp(what, "opus-encode"))
        opus_encode_all(atoi(words[2]), atoi(words[3]), atoi(words[4]), atoi(words[5]));
    if (!strcmp(what, "opus-decode")) opus_decode_all(0);
    if (!strcmp(what, "opus-lossy")) opus_decode_all(1);
    return 0;
}
