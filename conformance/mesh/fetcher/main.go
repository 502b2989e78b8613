// Command fetcher takes a Wasm module from a registry with the code that runs beside every proxy of
// Istio, and prints where it put the file on the last line of its output.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"istio.io/istio/pkg/wasm"
)

func main() {
	image := flag.String("image", "", "what to fetch: HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST")
	checksum := flag.String("sha256", "", "the digest that the image must have, as in a WasmPlugin; empty takes any")
	secret := flag.String("secret", "", "a .dockerconfigjson; empty fetches without credentials")
	into := flag.String("into", ".", "where the file goes")
	flag.Parse()
	path, err := fetch(*image, *checksum, *secret, *into)
	if err != nil {
		fmt.Fprintf(os.Stderr, "fetcher: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

func fetch(image, checksum, secret, into string) (string, error) {
	options := wasm.GetOptions{Checksum: checksum, RequestTimeout: 30 * time.Second}
	if secret != "" {
		content, err := os.ReadFile(secret)
		if err != nil {
			return "", err
		}
		options.PullSecret = content
	}
	cache := wasm.NewLocalFileCache(into, wasm.Options{
		PurgeInterval: wasm.DefaultPurgeInterval,
		ModuleExpiry:  wasm.DefaultModuleExpiry,
	})
	defer cache.Cleanup()
	return cache.Get("oci://"+image, options)
}
