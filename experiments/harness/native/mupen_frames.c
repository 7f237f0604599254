/* A video plug-in for mupen64plus that draws nothing and counts frames: at the JITLAB_FRAMES-th (in the environment) it
 * prints the line by which console_peer knows that the run has ended. For ROMs that do not say so themselves.
 *
 * The interface is what mupen64plus looks up in a plug-in by name (its API version 2.2); nothing of it is linked.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { OK = 0, KIND_VIDEO = 2, VERSION = 0x010000, API_VERSION = 0x020200 };

#define EXPORT __attribute__((visibility("default")))

static long frames_left;

EXPORT int PluginStartup(void *core, void *context, void *debug);
EXPORT int PluginShutdown(void);
EXPORT int PluginGetVersion(int *kind, int *version, int *api, const char **name, int *capabilities);
EXPORT int InitiateGFX(void *info);
EXPORT int RomOpen(void);
EXPORT void RomClosed(void);
EXPORT void UpdateScreen(void);
EXPORT void ChangeWindow(void);
EXPORT void MoveScreen(int x, int y);
EXPORT void ProcessDList(void);
EXPORT void ProcessRDPList(void);
EXPORT void ShowCFB(void);
EXPORT void ViStatusChanged(void);
EXPORT void ViWidthChanged(void);
EXPORT void ReadScreen2(void *to, int *width, int *height, int front);
EXPORT void SetRenderingCallback(void *callback);
EXPORT void ResizeVideoOutput(int width, int height);
EXPORT void FBRead(unsigned addr);
EXPORT void FBWrite(unsigned addr, unsigned size);
EXPORT void FBGetFrameBufferInfo(void *info);

int PluginStartup(void *core, void *context, void *debug) {
    const char *frames = getenv("JITLAB_FRAMES");
    (void)core, (void)context, (void)debug;
    frames_left = frames ? atol(frames) : 0;
    return OK;
}

int PluginShutdown(void) {
    return OK;
}

int PluginGetVersion(int *kind, int *version, int *api, const char **name, int *capabilities) {
    if (kind)
        *kind = KIND_VIDEO;
    if (version)
        *version = VERSION;
    if (api)
        *api = API_VERSION;
    if (name)
        *name = "jitlab frame counter";
    if (capabilities)
        *capabilities = 0;
    return OK;
}

int InitiateGFX(void *info) {
    (void)info;
    return true;
}

int RomOpen(void) {
    return true;
}

void RomClosed(void) {
}

void UpdateScreen(void) {
    if (--frames_left == 0) {
        puts("IS64: JITLAB-FRAMES");
        fflush(stdout);
    }
}

void ChangeWindow(void) {
}

void MoveScreen(int x, int y) {
    (void)x, (void)y;
}

void ProcessDList(void) {
}

void ProcessRDPList(void) {
}

void ShowCFB(void) {
}

void ViStatusChanged(void) {
}

void ViWidthChanged(void) {
}

void ReadScreen2(void *to, int *width, int *height, int front) {
    (void)to, (void)front;
    *width = *height = 0;
}

void SetRenderingCallback(void *callback) {
    (void)callback;
}

void ResizeVideoOutput(int width, int height) {
    (void)width, (void)height;
}

void FBRead(unsigned addr) {
    (void)addr;
}

void FBWrite(unsigned addr, unsigned size) {
    (void)addr, (void)size;
}

void FBGetFrameBufferInfo(void *info) {
    (void)info;
}
