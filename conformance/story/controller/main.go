// Command controller stands in for the controller of a service mesh, which runs on every node: it
// pulls a filter with the Secret that is mounted for it and writes its files to a directory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/file"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

func main() {
	image := flag.String("image", "", "what to pull: HOST/REPOSITORY:TAG")
	secret := flag.String("secret", "", "the mounted .dockerconfigjson; empty pulls without credentials")
	into := flag.String("into", ".", "where the files go")
	plainHTTP := flag.Bool("plain-http", false, "speak http, not https")
	flag.Parse()
	if err := pull(context.Background(), *image, *secret, *into, *plainHTTP); err != nil {
		fmt.Fprintf(os.Stderr, "controller: %v\n", err)
		os.Exit(1)
	}
}

func pull(ctx context.Context, image, secret, into string, plainHTTP bool) (err error) {
	repository, err := remote.NewRepository(image)
	if err != nil {
		return err
	}
	repository.PlainHTTP = plainHTTP
	client := &auth.Client{Client: retry.DefaultClient, Cache: auth.NewCache()}
	if secret != "" {
		store, err := credentials.NewFileStore(secret)
		if err != nil {
			return err
		}
		client.Credential = credentials.Credential(store)
	}
	repository.Client = client

	directory, err := file.New(into)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	tag := repository.Reference.Reference
	pulled, err := oras.Copy(ctx, repository, tag, directory, tag, oras.DefaultCopyOptions)
	if err != nil {
		return err
	}
	fmt.Println(pulled.Digest)
	return nil
}
